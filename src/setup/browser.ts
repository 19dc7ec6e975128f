/**
 * Finds a Chromium for the browser probe: DRILL_BROWSER → Playwright's own → the system's → the one that @sparticuz/chromium carries
 * (an npm package: no download of its own, no root; Linux x64). Its files are unpacked once into our own cache, per user.
 */
import { execFile } from "node:child_process";
import { access, constants, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createRequire } from "node:module";
import { cacheFolder } from "./cache.ts";

const run = promisify(execFile);

export interface BrowserChoice {
  readonly executablePath: string;
  readonly origin: "DRILL_BROWSER" | "playwright" | "system" | "@sparticuz/chromium";
  /** fontconfig's configuration for it (FONTCONFIG_FILE); null: the system's. */
  readonly fontsFile: string | null;
}

const systemNames = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
];
const systemPlaces = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** null when there is none and none can be unpacked. Throws when DRILL_BROWSER names something that is not there. */
export async function findBrowser(options: {
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}): Promise<BrowserChoice | null> {
  const { environment } = options;
  const named = environment["DRILL_BROWSER"];
  if (named !== undefined && named !== "") {
    if (!(await executable(named))) throw new Error(`DRILL_BROWSER=${named} is not an executable file`);
    return { executablePath: named, origin: "DRILL_BROWSER", fontsFile: null };
  }
  // Loaded only when a browser is wanted: it is the heaviest thing that a definition could pull in.
  const { chromium } = await import("playwright");
  const own = chromium.executablePath();
  if (own !== "" && (await executable(own))) return { executablePath: own, origin: "playwright", fontsFile: null };
  const folders = (environment["PATH"] ?? "").split(":").filter((folder) => folder !== "");
  for (const candidate of [
    ...systemNames.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...systemPlaces,
  ]) {
    if (await executable(candidate)) return { executablePath: candidate, origin: "system", fontsFile: null };
  }
  return await unpackCarried(options);
}

async function executable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

const ourFonts = "ours.conf";

async function unpackCarried(options: {
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}): Promise<BrowserChoice | null> {
  const require = createRequire(import.meta.url);
  let entry: string;
  let version: string;
  try {
    entry = require.resolve("@sparticuz/chromium");
    version = (require(join(entry.slice(0, entry.lastIndexOf("/build/")), "package.json")) as { version: string })
      .version;
  } catch {
    return null;
  }
  const home = join(cacheFolder(options.environment), `chromium-${version}-${process.arch}`);
  const choice = {
    executablePath: join(home, "chromium"),
    origin: "@sparticuz/chromium" as const,
    fontsFile: join(home, "fonts", ourFonts),
  };
  if (existsSync(choice.executablePath)) {
    // Unpacked by an earlier version of ours, which left the package's own configuration.
    if (!existsSync(choice.fontsFile)) await writeFile(choice.fontsFile, fontsConfiguration(join(home, "fonts")));
    return choice;
  }
  options.progress("unpacking the browser that @sparticuz/chromium carries (once) …");
  await mkdir(cacheFolder(options.environment), { recursive: true });
  const staging = await mkdtemp(join(cacheFolder(options.environment), "unpacking-"));
  try {
    // The package unpacks into the temp folder of its process and re-uses what lies there, whosever it is: give it a folder of our own.
    const script = `const { default: c } = await import(${JSON.stringify(pathToFileURL(entry).href)}); await c.executablePath();`;
    await run(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...options.environment, TMPDIR: staging },
      timeout: 120_000,
    });
    await writeFile(join(staging, "fonts", ourFonts), fontsConfiguration(join(home, "fonts")));
    await rename(staging, home).catch(async (error: unknown) => {
      // Another process was faster; its copy is as good.
      if (!existsSync(choice.executablePath)) throw error;
    });
    return choice;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * The system's fonts, and behind them the ones that the package carries: its own configuration looks for them only where AWS Lambda and an
 * unset TMPDIR put them, and a Chromium that finds no font at all shows no text, and dies of some.
 */
function fontsConfiguration(folder: string): string {
  const inXml = (path: string): string => path.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <cachedir>${inXml(join(folder, "cache"))}</cachedir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${inXml(join(folder, "fonts"))}</dir>
</fontconfig>
`;
}
