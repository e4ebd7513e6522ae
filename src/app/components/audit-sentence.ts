import type { AuditEvent } from "../../contract/audit";
import { deviceName } from "./device-name";
import type { Translator } from "./words";

/** What a sentence needs to know of an event. */
export type ToldEvent = Pick<
  AuditEvent,
  "type" | "user_id" | "username" | "actor_id" | "actor_name" | "detail"
>;

type Detail = ToldEvent["detail"];

/**
 * An event of the audit trail as one sentence, in the language of `t`. Needs the namespaces `audit`, `home` and `roles`.
 *
 * @param viewerId the account on whose own page it stands, which is "you" there; null for those who look after others
 */
export function auditSentence(t: Translator, event: ToldEvent, viewerId: string | null): string {
  const { type, detail, user_id: userId, actor_id: actorId } = event;
  return t(`audit.events.${type}`, {
    actor: actorOf(t, event, viewerId),
    user: userOf(t, event, viewerId),
    isOwn: flag(actorId !== null && actorId === userId),
    isYours: flag(viewerId !== null && viewerId === userId),
    ...changeOf(t, event),
    ...devicesOf(t, detail),
    ...factsOf(detail),
    roles: rolesOf(t, detail.roles),
  });
}

/** Who did it, as it begins a sentence. */
export function actorOf(
  t: Translator,
  { actor_id: id, actor_name: name }: Pick<ToldEvent, "actor_id" | "actor_name">,
  viewerId: string | null,
): string {
  if (id === null) return t("audit.actors.nobody");
  if (id === "operator" || id === "system") return t(`audit.actors.${id}`);
  if (id === viewerId) return t("audit.actors.you");
  if (id.startsWith("client:")) return t("audit.actors.client", { name: name ?? id.slice("client:".length) });
  return name ?? t("audit.actors.deleted");
}

function userOf(t: Translator, { user_id: id, username }: ToldEvent, viewerId: string | null): string {
  if (id === null) return t("audit.users.nobody");
  if (id === viewerId) return t("audit.users.you");
  return username ?? t("audit.users.deleted");
}

/** What it was before and what it is now: names, and roles by their words. */
function changeOf(t: Translator, { type, detail }: ToldEvent) {
  const shown = (value: Detail[string] | undefined) =>
    type === "roles_changed" ? rolesOf(t, value) : textOf(value);
  const [before, after] = [shown(detail.before), shown(detail.after)];
  return { before, after, hasChange: flag(before !== "" && after !== "") };
}

function devicesOf(t: Translator, detail: Detail) {
  const device = (browser: Detail[string] | undefined, os: Detail[string] | undefined) =>
    deviceName(t, { browser: textOf(browser) || null, os: textOf(os) || null });
  return {
    device: device(detail.browser, detail.os),
    hasDevice: flag(textOf(detail.browser) + textOf(detail.os) !== ""),
    phone: device(detail.approved_browser, detail.approved_os),
    hasPhone: flag(textOf(detail.approved_browser) + textOf(detail.approved_os) !== ""),
  };
}

function factsOf(detail: Detail) {
  const { name, client, client_name: clientName, email, reason, method, site, act, invitation } = detail;
  return {
    name: textOf(name),
    hasName: flag(textOf(name) !== ""),
    application: textOf(clientName) || textOf(client),
    hasApplication: flag(textOf(client) !== ""),
    email: textOf(email),
    hasEmail: flag(textOf(email) !== ""),
    isInvited: flag(textOf(invitation) !== ""),
    reason: textOf(reason) || "other",
    method: textOf(method) || "other",
    act: textOf(act) || "other",
    site: textOf(site),
    hasSite: flag(textOf(site) !== ""),
    sessions: numberOf(detail.sessions),
    uses: numberOf(detail.uses),
    left: numberOf(detail.left),
    taken: numberOf(detail.taken),
  };
}

const knownRoles = ["owner", "admin", "user"] as const;

function rolesOf(t: Translator, roles: Detail[string] | undefined): string {
  const given = textOf(roles).split(" ");
  return knownRoles
    .filter((role) => given.includes(role))
    .map((role) => t(`roles.${role}`))
    .join(", ");
}

const flag = (value: boolean) => (value ? "yes" : "no");
const textOf = (value: Detail[string] | undefined) => (value == null ? "" : String(value));
const numberOf = (value: Detail[string] | undefined) => (typeof value === "number" ? value : 0);
