import { ownOrigins } from "../../contract/loopback";

/** Whether two origins are the same service: equal, or two names of this machine with the same scheme and port. */
export function isSamePlace(one: string, other: string): boolean {
  return ownOrigins(new URL(other)).includes(new URL(one).origin);
}
