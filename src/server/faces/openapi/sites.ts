import {
  ORIGINAL_METHOD_HEADER,
  ORIGINAL_URI_HEADER,
  SITE_HEADER,
  siteFinishInput,
} from "../../../contract/sites";
import { tokenRefusals } from "../../endpoints/access";
import type { Parameter } from "../../endpoints/endpoint";
import type { Description } from "./description";

const inHeader = (name: string, required: boolean, description: string): Parameter => ({
  name,
  in: "header",
  required,
  description,
});
const siteOf = (required: boolean) =>
  inHeader(SITE_HEADER, required, "The site's origin, said by its proxy.");

/** Reverse proxies in front of other sites, and how a browser is handed over to one. */
export const siteDescriptions: readonly Description[] = [
  {
    method: "GET",
    path: "/api/auth/verify",
    group: "Protected sites",
    summary:
      "For reverse proxies: identity in headers, by the site's cookie, or else by access token or `view` cookie",
    access: "session",
    parameters: [siteOf(false)],
    success: {
      status: 200,
      description: "`remote-user`, `remote-name`, `remote-groups` and ids, in headers.",
    },
    refusals: tokenRefusals,
  },
  {
    method: "GET",
    path: "/api/auth/site/start",
    group: "Protected sites",
    summary: "For reverse proxies, after a refusal: lead a person who opens a page to the hand-over",
    access: "open",
    parameters: [
      siteOf(true),
      inHeader(ORIGINAL_URI_HEADER, false, "The path that was asked for."),
      inHeader(ORIGINAL_METHOD_HEADER, false, "The method by which."),
    ],
    success: { status: 302, description: "To Countersign's page." },
    refusals: ["invalid_token", "not_found"],
  },
  {
    method: "POST",
    path: "/api/auth/site/finish",
    group: "Protected sites",
    summary: "Exchange the code for the site's cookie, on the site's own host",
    access: "open",
    parameters: [siteOf(true)],
    input: siteFinishInput,
    success: { status: 303, description: "To the page that was asked for, or to why it did not work." },
    refusals: ["invalid_request", "not_found"],
  },
];
