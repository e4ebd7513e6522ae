/**
 * A body that is made as fast as it is read, and no faster: of a slow reader one piece waits, and with a reader who goes away it
 * ends. A fault in the middle breaks the connection off, so that nobody takes a part for the whole.
 *
 * @throws what the first piece throws
 */
export async function textStream(mediaType: string, pieces: AsyncIterator<string>): Promise<Response> {
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<string>> | undefined = Promise.resolve(await pieces.next());
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await (next ?? pieces.next());
        next = undefined;
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { "content-type": `${mediaType}; charset=utf-8`, "x-accel-buffering": "no", vary: "accept" },
  });
}
