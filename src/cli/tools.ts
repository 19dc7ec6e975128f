/** Finds what a run needs, in the documented order, saying what it does. */
import { findBrowser, type BrowserChoice } from "../setup/browser.ts";
import { findJava, type Java } from "../setup/java.ts";
import { findK6, type K6Choice } from "../setup/k6.ts";

export interface Tools {
  readonly k6: K6Choice;
  readonly browser: BrowserChoice | null;
  readonly java: Java | null;
}

const say = (line: string): void => void process.stderr.write(`set-up: ${line}\n`);

export async function findTools(): Promise<Tools> {
  const environment = process.env;
  const k6 = await findK6({ environment, progress: say });
  const browser = await findBrowser({ environment, progress: say });
  if (!browser)
    say("no browser found: the browser journey will fail; set DRILL_BROWSER or run `npx playwright install chromium`");
  const java = await findJava({ environment });
  if (!java) say("no Java found: the report is made with Allure 3 instead of Allure 2 (allure-commandline)");
  if (k6.kind === "console")
    say(`k6 ${k6.version} from PATH has no ledger built in: writing the ledger through its console output`);
  return { k6, browser, java };
}

export function toolVersions(tools: Tools): Record<string, string> {
  return {
    node: process.versions.node,
    k6: `${tools.k6.version} (${tools.k6.kind})`,
    browser: tools.browser?.origin ?? "none",
    java: tools.java?.version ?? "none (Allure 3)",
    platform: `${process.platform} ${process.arch}`,
  };
}
