import Corpora

/// The forms of a split, for help texts.
let splitForms = SplitPlan.forms
