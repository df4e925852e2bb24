whose = "the user's struct"
