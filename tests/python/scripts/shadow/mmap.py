whose = "the user's mmap"
