import { enrolInput, secondFactorInput, secondFactorOutput, totpOutput } from "../../contract/second-factor";
import { callerOf } from "../request/caller";
import { open } from "./access";
import { deliver, requireDeliverable } from "./deliver";
import { mutation } from "./endpoint";
import { presentTotp } from "./present";

/** What every call with a challenge may be refused with. */
const challengeRefusals = ["invalid_ticket", "invalid_dpop_proof"] as const;

export const secondFactor = mutation({
  address: "POST /api/auth/second-factor",
  access: open,
  group: "Sign-in",
  summary: "Complete a sign-in that second_factor_required has interrupted",
  answers: "Tokens of a new session; and recovery codes, when an app was added on the way.",
  refusals: [
    ...challengeRefusals,
    "invalid_code",
    "invalid_passkey",
    "deletion_pending",
    "not_found",
    "too_many_attempts",
  ],
  input: secondFactorInput,
  output: secondFactorOutput,
  async run({ services, caller, input }) {
    const delivery = input.delivery ?? "body";
    await requireDeliverable(caller, services.environment, delivery);
    const { tokens, recoveryCodes } = await services.signIn.completeLogin(input, await callerOf(caller));
    return {
      ...(await deliver(caller, tokens, delivery)),
      ...(recoveryCodes ? { recovery_codes: [...recoveryCodes] } : {}),
    };
  },
});

export const enrol = mutation({
  address: "POST /api/auth/second-factor/enrol",
  access: open,
  group: "Sign-in",
  summary: "Add an authenticator app on the way of a sign-in that needs one",
  answers: "The secret of the app; its first code completes the sign-in.",
  refusals: challengeRefusals,
  input: enrolInput,
  output: totpOutput,
  run: async ({ services, caller, input }) =>
    presentTotp(await services.signIn.enrol(input.challenge, await callerOf(caller))),
});
