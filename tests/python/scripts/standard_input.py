import sys
print(repr(sys.stdin.readline()), repr(sys.stdin.read()))
try:
    input("more? ")
except EOFError as error:
    print(error)
