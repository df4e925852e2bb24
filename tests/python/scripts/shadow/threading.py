whose = "the user's threading"
