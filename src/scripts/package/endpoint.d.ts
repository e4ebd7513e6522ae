/** Takes the place of an operation where its types are bundled for clients: what is sent, and what comes back. */
export interface Endpoint<Kind, Input, Output> {
  readonly kind: Kind;
  readonly types?: { readonly input: Input; readonly output: Output };
}
