/** From where a request came that ended a session. */
export interface RequestOrigin {
  /** As far as it can be trusted; null when it cannot be known. */
  readonly address: string | null;
  /** As the request says it; null when it says nothing. */
  readonly userAgent: string | null;
}

/** Who ended a session, for the audit trail. A request ended it unless it was the operator or the passing of time. */
export type EndedBy =
  /** Its user, from this or another session of the same account. */
  | ({ readonly actor: "session"; readonly sessionId: string } & RequestOrigin)
  /** A registered client, by revoking its token (RFC 7009). */
  | ({ readonly actor: "client"; readonly clientId: string } & RequestOrigin)
  /** Somebody with a role, from their own account. */
  | ({
      readonly actor: "administrator";
      readonly accountId: string;
      readonly sessionId: string;
    } & RequestOrigin)
  /** Whoever looks after the installation, by a command. */
  | { readonly actor: "operator" }
  /** The service by itself; with the request that made it do so, where there was one. */
  | ({ readonly actor: "system" } & Partial<RequestOrigin>);

/** Enough for the longest that browsers send. */
const MAX_USER_AGENT_LENGTH = 300;

/** @returns what the audit trail keeps of it; what a caller wrote is cut, and cannot leave its line */
export function auditFactsOf(by: EndedBy): {
  readonly address: string | null;
  /** Undefined: the account itself. */
  readonly actorId: string | undefined;
  readonly detail: Readonly<Record<string, string>>;
} {
  const origin: Partial<RequestOrigin> = by.actor === "operator" ? {} : by;
  const { address = null, userAgent = null } = origin;
  return {
    address,
    actorId: actorIdOf(by),
    detail: {
      by: by.actor,
      ...(by.actor === "session" || by.actor === "administrator" ? { by_session: by.sessionId } : {}),
      ...(by.actor === "administrator" ? { by_account: by.accountId } : {}),
      ...(by.actor === "client" ? { by_client: by.clientId } : {}),
      ...(userAgent === null
        ? {}
        : { user_agent: userAgent.slice(0, MAX_USER_AGENT_LENGTH).replace(/[^ -~]/g, "?") }),
    },
  };
}

function actorIdOf(by: EndedBy): string | undefined {
  if (by.actor === "session") return undefined;
  if (by.actor === "client") return `client:${by.clientId}`;
  return by.actor === "administrator" ? by.accountId : by.actor;
}
