/** A fetch that keeps the one cookie it is given, as a browser does. */
export function fetchWithCookie(handle: (request: Request) => Promise<Response>) {
  let cookie: string | undefined;
  return async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(url, init);
    if (cookie && init.credentials === "include") request.headers.set("Cookie", cookie);
    const response = await handle(request);
    const set = response.headers.get("Set-Cookie");
    if (set !== null) cookie = set || undefined;
    return response;
  };
}
