import sys
for n in range(20000):
    print("line", n, "x" * 60)
    if n % 100 == 0:
        print("error", n, file=sys.stderr)
sys.stdout.buffer.write(b"no newline, not text: \xff\xfe\x00")
