/** A waiting computer's stream, as it comes from one instance. */
export async function watchQr(origin: string, { qrId, watchToken }: { qrId: string; watchToken: string }) {
  const end = new AbortController();
  const response = await fetch(`${origin}/api/auth/qr/${qrId}/events`, {
    headers: { authorization: `Watch ${watchToken}` },
    signal: end.signal,
  });
  let text = `${response.status} `;
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk);
  })().catch(() => undefined);
  return { text: () => text, stop: () => end.abort() };
}
