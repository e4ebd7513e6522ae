import { afterAll, beforeAll, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { newDevice, PASSWORD, startService, type TestService } from "../helpers/service";
import { byComputer } from "../helpers/steps/qr";
import { getTicket, send } from "../helpers/steps/sign-in";

/** The name of an application is shown to the person who approves: no other page may have itself shown under it. */
const PAGE = "https://reports.example.com";
const OTHER_PAGE = "https://wiki.example.com";

let service: TestService;

beforeAll(async () => {
  service = await startService({ CORS_ORIGINS: `${PAGE} ${OTHER_PAGE}` });
  await service.addUser("ada");
  const common = { grants: [], audience: null, requiresBinding: false, kind: "public" } as const;
  await service.container.clientAdministration.add({
    ...common,
    id: "reports",
    name: "Reports",
    origins: [PAGE],
  });
});
afterAll(() => service.close());

async function askForCode(path: string, headers: Record<string, string>) {
  return byComputer(service, await newDevice(), path, { client_id: "reports" }, { headers });
}

describe("a page that says it is another application", () => {
  attack("a listed page asks for a code, by both faces", "2 × 401 invalid_client", async () => {
    const paths = ["/api/auth/qr", "/api/trpc/qr.create"];
    return toldOfAll(await Promise.all(paths.map((path) => askForCode(path, { origin: OTHER_PAGE }))));
  });

  attack("a listed page signs in with the right password", "401 invalid_client", async () => {
    const device = await newDevice();
    const { t } = await getTicket(service, { device });
    const json = { t, username: "ada", password: PASSWORD, client_id: "reports" };
    return told(
      await send(service, "POST", "/api/auth/login", json, { device, headers: { origin: OTHER_PAGE } }),
    );
  });

  attack(
    "origins that look alike, a sandbox, and none at all",
    "401 invalid_client, 6 × 403 cross_site_request",
    async () => {
      const origins = [
        `${PAGE}.evil.example`,
        `${PAGE}:444`,
        "http://reports.example.com",
        "null",
        PAGE.toUpperCase(),
      ];
      const answers = [];
      for (const origin of [...origins, `${PAGE} ${OTHER_PAGE}`]) {
        answers.push(await askForCode("/api/auth/qr", { origin }));
      }
      answers.push(await askForCode("/api/auth/qr", {}));
      return toldOfAll(answers);
    },
  );
});
