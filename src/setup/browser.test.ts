import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import { launchBrowser } from "../probes/browser.ts";
import { findBrowser } from "./browser.ts";
import type { BrowserChoice } from "./browser.ts";

/** How wide a word is: nothing where there is no font. */
async function widthOfWord(choice: BrowserChoice): Promise<number> {
  const browser = await launchBrowser(choice);
  try {
    const page = await browser.newPage();
    await page.setContent("<span style='font: 20px system-ui, sans-serif'>verdict</span>");
    return await page.locator("span").evaluate((span) => span.getBoundingClientRect().width);
  } finally {
    await browser.close();
  }
}

test("the browser that the package carries shows text, with the system's fonts or without any", async (t) => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  const environment = { ...process.env, DRILL_BROWSER: "", PATH: dirname(process.execPath), XDG_CACHE_HOME: path };
  const choice = await findBrowser({ environment, progress: () => {} });
  if (choice?.origin !== "@sparticuz/chromium")
    return t.skip("another browser is installed, or none is carried for this system");
  assert.ok((await widthOfWord(choice)) > 30);
  const text = await readFile(choice.fontsFile ?? "", "utf8");
  assert.match(text, /\/etc\/fonts/);
  const bare = join(path, "bare.conf");
  await writeFile(bare, text.replace(/<include.*\n/, ""));
  assert.ok((await widthOfWord({ ...choice, fontsFile: bare })) > 30, "without the system's");
});
