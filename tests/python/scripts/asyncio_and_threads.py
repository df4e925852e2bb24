import asyncio, threading, time
async def main():
    lock = asyncio.Lock()
    async with lock:
        await asyncio.sleep(0.01)
    loop = asyncio.get_running_loop()
    print(await loop.run_in_executor(None, lambda: (time.sleep(0.01), "from a thread")[1]))
asyncio.run(main())
