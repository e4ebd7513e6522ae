import {
  addPasskeyInput,
  passkeyIdInput,
  passkeyListOutput,
  passkeyOptionsOutput,
  passkeyOutput,
  renamePasskeyInput,
} from "../../contract/passkeys";
import { userHandle } from "../../modules/passkeys";
import { session } from "./access";
import { mutation, query } from "./endpoint";
import { presentPasskey } from "./present";

// A mutation, because every call makes a new challenge.
export const options = mutation({
  address: "POST /api/auth/passkeys/options",
  access: session,
  group: "Account",
  summary: "What a browser needs to make a passkey for the account (WebAuthn Level 3)",
  answers: "The options. Their challenge serves this session once, for five minutes.",
  refusals: ["step_up_required", "invalid_request"],
  output: passkeyOptionsOutput,
  async run({ services, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    return { options: await services.passkeys.creationOptions({ user, session: own }) };
  },
});

export const add = mutation({
  address: "POST /api/auth/passkeys",
  access: session,
  group: "Account",
  summary: "Keep a new passkey of the account",
  answers: "The passkey.",
  status: 201,
  refusals: ["step_up_required", "invalid_passkey"],
  input: addPasskeyInput,
  output: passkeyOutput,
  async run({ services, caller, input, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    const by = { user, session: own, address: caller.address };
    return presentPasskey(await services.passkeys.add(input.credential, input.name, by));
  },
});

export const list = query({
  address: "GET /api/auth/passkeys",
  access: session,
  group: "Account",
  summary: "The passkeys of the account",
  answers: "The passkeys, oldest first.",
  output: passkeyListOutput,
  run: async ({ services, user }) => ({
    passkeys: (await services.passkeys.list(user.id)).map(presentPasskey),
    rp_id: services.environment.relyingParty?.id,
    user_handle: userHandle(user.id),
  }),
});

export const rename = mutation({
  address: "PATCH /api/auth/passkeys/{id}",
  access: session,
  group: "Account",
  summary: "Change the name that the passkey is shown by",
  answers: "The passkey, with its new name.",
  refusals: ["not_found", "step_up_required"],
  input: renamePasskeyInput,
  output: passkeyOutput,
  async run({ services, caller, input, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    const by = { user, session: own, address: caller.address };
    return presentPasskey(await services.passkeys.rename(input.id, input.name, by));
  },
});

export const remove = mutation({
  address: "DELETE /api/auth/passkeys/{id}",
  access: session,
  group: "Account",
  summary: "Delete a passkey: it signs in no more",
  answers: "It is deleted.",
  refusals: ["not_found", "step_up_required", "last_credential"],
  input: passkeyIdInput,
  async run({ services, caller, input, user, session: own }) {
    await services.secondFactors.requireOpen({ user, session: own });
    await services.passkeys.remove(input.id, { user, session: own, address: caller.address });
  },
});
