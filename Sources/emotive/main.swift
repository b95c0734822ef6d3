print("emotive")
