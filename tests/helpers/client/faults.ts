/** What goes wrong on the way, or at the service. */
export type Fault = "network" | 429 | 500 | "html401" | undefined;

/** @throws TypeError for a network that fails, as fetch does */
export function faultResponse(fault: Fault): Response | undefined {
  switch (fault) {
    case "network":
      throw new TypeError("fetch failed");
    case 429:
      return Response.json(
        { error: "too_many_attempts", error_description: "Too many." },
        { status: 429, headers: { "Retry-After": "7" } },
      );
    case 500:
      return Response.json({ error: "server_error", error_description: "Fault." }, { status: 500 });
    case "html401":
      return new Response("<html>Welcome to the hotel</html>", { status: 401 });
    default:
      return undefined;
  }
}
