import { domainToASCII } from "node:url";

/** What an address looks like that mail is sent to. */
export interface EmailAddress {
  /** As mail is sent to it: the part before the @ as it was written, the domain in ASCII. */
  readonly address: string;
  /** The form that counts: two spellings that differ in capitals alone are one address. */
  readonly key: string;
}

/** RFC 5322, dot-atom: neither quotes, nor spaces, nor what ends a line or a list. */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What may be written of a domain, before its letters are brought into ASCII: that would read some of the rest away. */
const writtenDomain = /^[\p{L}\p{N}\p{M}.-]+$/u;
const MAX_LOCAL_LENGTH = 64;
/** RFC 5321, section 4.5.3.1.3: a path has 256 characters, of which two are its brackets. */
const MAX_LENGTH = 254;

/** @returns undefined for anything that mail cannot be sent to, and for more than one address */
export function readEmailAddress(text: string): EmailAddress | undefined {
  const written = text.normalize("NFKC").replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, "");
  const at = written.lastIndexOf("@");
  if (at <= 0) return undefined;
  const local = written.slice(0, at);
  const domain = domainToASCII(written.slice(at + 1));
  const address = `${local}@${domain}`;
  const isGood =
    localPart.test(local) &&
    writtenDomain.test(written.slice(at + 1)) &&
    domainName.test(domain) &&
    !/^[\d.]+$/.test(domain) &&
    local.length <= MAX_LOCAL_LENGTH &&
    address.length <= MAX_LENGTH;
  return isGood ? { address, key: address.toLowerCase() } : undefined;
}

/**
 * Whose mailbox it is, for what limits the mails that strangers can have sent there: many mail servers put what follows a `+`
 * into the mailbox of the name before it. DANGER: elsewhere they are two people, so it is no key of an address.
 */
export function mailboxOf({ key }: Pick<EmailAddress, "key">): string {
  const at = key.lastIndexOf("@");
  const [name = ""] = key.slice(0, at).split("+", 1);
  return name === "" ? key : `${name}${key.slice(at)}`;
}
