/** A browser as a new customer's: started afresh, its name look-ups answered by the environment's DNS at that moment. */
import type { Browser } from "playwright";
import type { BrowserChoice } from "../setup/browser.ts";
import { newBrowserFolder, removeBrowserFolder } from "./browser-files.ts";

/** Without these a headless Chromium on a closed network keeps trying its maker's services. */
const quietArguments = [
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export async function launchBrowser(
  choice: BrowserChoice,
  options: { readonly hosts?: Readonly<Record<string, string>>; readonly timeoutMs?: number } = {},
): Promise<Browser> {
  const rules = Object.entries(options.hosts ?? {}).map(([name, address]) => `MAP ${name} ${address}`);
  const { chromium } = await import("playwright");
  const folder = newBrowserFolder();
  const launching = chromium.launch({
    executablePath: choice.executablePath,
    timeout: options.timeoutMs ?? 30_000,
    // The sandbox needs user namespaces, which root in a container usually lacks; the only pages opened are the system's own.
    args: [
      ...quietArguments,
      "--no-sandbox",
      ...(rules.length > 0 ? [`--host-resolver-rules=${rules.join(",")}`] : []),
    ],
    env: {
      ...process.env,
      TMPDIR: folder,
      ...(choice.fontsFile === null ? {} : { FONTCONFIG_FILE: choice.fontsFile }),
    },
  });
  try {
    const browser = await launching;
    browser.once("disconnected", () => removeBrowserFolder(folder));
    return browser;
  } catch (error) {
    removeBrowserFolder(folder);
    throw error;
  }
}
