/** A page for a journey probe, on a browser of its own that is closed with it. */
import type { Page } from "playwright";
import type { ProbeContext } from "../model/probe.ts";
import { findBrowser } from "../setup/browser.ts";
import { launchBrowser } from "./browser.ts";

export async function openPage(context: ProbeContext): Promise<AsyncDisposable & { readonly page: Page; readonly ip: string }> {
  const choice = await findBrowser({ environment: process.env, progress: () => {} });
  if (!choice) throw new Error("no browser found: set DRILL_BROWSER, or run `npx playwright install chromium`");
  const { hostname } = new URL(context.endpoints.service.url);
  const { address } = await context.resolve(hostname);
  const browser = await launchBrowser(choice, { hosts: { [hostname]: address } });
  const page = await browser.newPage({ viewport: { width: 1000, height: 720 } });
  return { page, ip: address, [Symbol.asyncDispose]: () => browser.close() };
}
