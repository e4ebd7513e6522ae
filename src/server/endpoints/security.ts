import {
  confirmTotpInput,
  confirmTotpOutput,
  recoveryCodesOutput,
  securityOutput,
  totpOutput,
  tryCodeInput,
} from "../../contract/second-factor";
import { callerOf } from "../request/caller";
import { session } from "./access";
import { mutation, query } from "./endpoint";
import { inSeconds, presentEmail, presentPasskey, presentTotp } from "./present";

export const overview = query({
  address: "GET /api/auth/security",
  access: session,
  group: "Account",
  summary: "How the account can be signed in to",
  answers: "Password, passkeys, authenticator app, recovery codes and mail addresses.",
  output: securityOutput,
  async run({ services, user }) {
    const { accounts, passkeys, secondFactors, emails } = services;
    const [account, keys, record, addresses] = await Promise.all([
      accounts.find(user.id),
      passkeys.list(user.id),
      secondFactors.find(user.id),
      emails.list(user.id),
    ]);
    return {
      password: account?.passwordHash ? { changed_at: inSeconds(account.passwordChangedAt) } : null,
      passkeys: keys.map(presentPasskey),
      totp: record?.totpSince ? { since: inSeconds(record.totpSince) } : null,
      recovery_codes_left: record?.recoveryCodes.length ?? 0,
      emails: addresses.map(presentEmail),
      sends_mail: services.mail.sender !== undefined,
      second_factor: secondFactors.policyFor(user),
    };
  },
});

export const addTotp = mutation({
  address: "POST /api/auth/totp",
  access: session,
  group: "Account",
  summary: "Start to add an authenticator app (RFC 6238)",
  answers: "The secret of the app. One that the account has stays until the new one is confirmed.",
  refusals: ["step_up_required"],
  output: totpOutput,
  async run({ services, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    return presentTotp(await services.secondFactors.begin(user, own.id));
  },
});

export const confirmTotp = mutation({
  address: "POST /api/auth/totp/confirm",
  access: session,
  group: "Account",
  summary: "Confirm the new authenticator app by its first code",
  answers: "The app counts; and recovery codes, when there were none.",
  refusals: ["step_up_required", "invalid_code", "not_found"],
  input: confirmTotpInput,
  output: confirmTotpOutput,
  async run({ services, caller, input, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    const by = { sessionId: own.id, address: caller.address, addedBy: own.id, mayReplace: true };
    const codes = await services.secondFactors.confirm(user, input.code, by);
    return codes ? { recovery_codes: codes } : {};
  },
});

export const removeTotp = mutation({
  address: "DELETE /api/auth/totp",
  access: session,
  group: "Account",
  summary: "Remove the authenticator app, and the recovery codes with it",
  answers: "It is removed.",
  refusals: ["step_up_required", "not_found"],
  async run({ services, caller, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    await services.secondFactors.removeTotp(user, { sessionId: own.id, address: caller.address });
  },
});

export const makeRecoveryCodes = mutation({
  address: "POST /api/auth/recovery-codes",
  access: session,
  group: "Account",
  summary: "Make new recovery codes; those from before count no more",
  answers: "The codes. They are shown this once.",
  refusals: ["step_up_required", "invalid_request"],
  output: recoveryCodesOutput,
  async run({ services, caller, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    const by = { sessionId: own.id, address: caller.address };
    return { recovery_codes: await services.secondFactors.replaceRecoveryCodes(user, by) };
  },
});

export const tryCode = mutation({
  address: "POST /api/auth/second-factor/try",
  access: session,
  group: "Account",
  summary: "Try a code without using it up",
  answers: "It is right, and still unused.",
  refusals: ["invalid_code", "too_many_attempts"],
  input: tryCodeInput,
  async run({ services, caller, input, user, session: own }) {
    await services.reauthentication.tryCode(input, { user, session: own }, await callerOf(caller));
  },
});
