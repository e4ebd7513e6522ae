import type { Call } from "../../request/call";

export type Handler = (call: Call, fromPath: string) => Promise<Response>;

/** A star in an address means the part that varies. */
export type Routes = Readonly<Record<string, Route>>;

export interface Route {
  readonly methods: Readonly<Partial<Record<string, Handler>>>;
}
