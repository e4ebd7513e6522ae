/** Takes the place of the context of the router's calls where its types are bundled for clients. */
export type Call = object;
