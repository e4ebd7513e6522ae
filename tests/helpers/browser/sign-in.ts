import type { BrowserContext, Page } from "playwright-core";

export const PASSWORD = "velvet quarry lamp seventeen";

/** Fills in the sign-in page that is open in `page` and sends it. */
export async function submitSignIn(page: Page, username: string, password = PASSWORD): Promise<void> {
  await page.locator("#username").fill(username);
  await page.locator("#password").fill(password);
  await page.locator("#submit:not([disabled])").click();
}

/** Signs in by the sign-in page and waits until home is there. */
export async function signIn(page: Page, url: string, username: string, password = PASSWORD): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await submitSignIn(page, username, password);
  await waitForHome(page, username);
}

/** A tab of `profile` with home open, signed in by its page. */
export async function openSignedIn(
  profile: BrowserContext,
  url: string,
  username: string,
  password = PASSWORD,
): Promise<Page> {
  const page = await profile.newPage();
  await signIn(page, url, username, password);
  return page;
}

/** From any page of somebody who is signed in to the one with the ways in, and until it shows them. */
export async function openSecurity(page: Page): Promise<void> {
  await page.goto(new URL("/account/security", page.url()).href);
  await page.locator("#passkeys-title").waitFor();
}

/** Until the page greets the person, who has no other name than that, and has loaded what comes by proven calls. */
export async function waitForHome(page: Page, username: string): Promise<void> {
  await page.getByRole("heading", { name: `Hello, ${username}`, exact: true }).waitFor();
  await page.locator("[aria-labelledby=sessions-title] li").first().waitFor();
}
