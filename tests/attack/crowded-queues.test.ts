import { afterEach, describe, vi } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { newDevice, PASSWORD, startService, type TestService } from "../helpers/service";
import { getTicket, login } from "../helpers/steps/sign-in";

// One check at a time and room for forty, so that a handful of sign-ins fills it.
vi.mock("../../src/modules/passwords", async (importActual) => {
  const actual = await importActual<typeof import("../../src/modules/passwords")>();
  return {
    ...actual,
    createPasswordHasher: () => actual.createPasswordHasher({ concurrency: 1, queueLimit: 39 }),
  };
});

let service: TestService;
afterEach(() => service.close());

const CROWD = { address: "203.0.113.7" };

describe("the queue of password checks", () => {
  attack(
    "one address sends forty sign-ins at once, with good tickets; somebody elsewhere and a known device beside it come last",
    "the crowd 20 × 401 invalid_credentials, 20 × 503 temporarily_unavailable; elsewhere 200, the known device 200, neither behind the crowd",
    async () => {
      service = await startService();
      await service.addUser("ada");
      const known = await newDevice();
      await service.signIn("ada", known);
      const beside = { ...CROWD, device: known };
      const elsewhere = { address: "198.51.100.1" };
      const tickets = [];
      for (let count = 0; count < 40; count += 1) tickets.push(await getTicket(service, CROWD));
      const ownTickets = [await getTicket(service, elsewhere), await getTicket(service, beside)];
      let ended = 0;
      const crowd = tickets.map(({ t }, index) =>
        login(service, { t, username: `name-${index}`, password: "wrong" }, CROWD).finally(() => {
          ended += 1;
        }),
      );
      let behind = 0;
      const signIn = async (t: string | undefined, sender: typeof elsewhere) => {
        const answer = await login(service, { t, username: "ada", password: PASSWORD }, sender);
        behind = Math.max(behind, ended);
        return answer;
      };
      const [there, here] = await Promise.all([
        signIn(ownTickets[0]?.t, elsewhere),
        signIn(ownTickets[1]?.t, beside),
      ]);
      const answers = toldOfAll(await Promise.all(crowd));
      // Twenty of the crowd are refused at once, and do not count as waited for.
      const isFair = behind < 35;
      return `the crowd ${answers}; elsewhere ${told(there)}, the known device ${told(here)}, ${isFair ? "neither" : "one"} behind the crowd`;
    },
  );
});
