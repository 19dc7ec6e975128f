/** A page for a journey probe, in a browser of its own that is closed with it. */
import type { Page } from "playwright";
import type { ProbeContext } from "../model/probe.ts";
import { findBrowser } from "../setup/browser.ts";
import { launchBrowser } from "./browser.ts";

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** Where the service's name pointed when the browser was started. */
  readonly ip: string;
  /** What a customer sees now. A page that still waits for the network would keep a screenshot waiting too: it is stopped first. */
  screenshot(): Promise<Uint8Array>;
}

export async function openPage(context: ProbeContext): Promise<OpenedPage> {
  const choice = await findBrowser({ environment: process.env, progress: () => {} });
  if (!choice) throw new Error("no browser found: set DRILL_BROWSER, or run `npx playwright install chromium`");
  const { hostname } = new URL(context.endpoints.service.url);
  const { address } = await context.resolve(hostname);
  const browser = await launchBrowser(choice, { hosts: { [hostname]: address } });
  const page = await browser.newPage({ viewport: { width: 1000, height: 720 } });
  return {
    page,
    ip: address,
    screenshot: async () => {
      const devtools = await page.context().newCDPSession(page);
      await devtools.send("Page.stopLoading");
      await devtools.detach();
      return await page.screenshot({ timeout: 5_000 });
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
