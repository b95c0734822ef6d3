/// The forms of a split, for help texts.
let splitForms =
  "random[:SHARE], speakers:ID,ID, loso, kfold:K[:FOLD], emobox[:FOLD], luna-jimenez[:FOLD], cross[:CORPUS] or none"
