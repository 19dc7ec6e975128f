/** Signs of the harness's own health, for the reader who asks whether the measuring was sound. The gates that judge it are findings. */
import type { Evidence } from "../evidence/evidence.ts";
import { formatCount, formatDuration } from "./format.ts";
import type { HealthSign } from "./input.ts";

type Resource = Evidence["resources"][number]["value"];

export function healthOf(evidence: Evidence): readonly HealthSign[] {
  return [
    ...loadSigns(evidence),
    ...loopSigns(evidence),
    ...probeSigns(evidence),
    ...resourceSigns(evidence),
    sealSign(evidence),
    ...residueSigns(evidence),
  ];
}

function loadSigns({ journal }: Evidence): HealthSign[] {
  const exit = journal.findLast(({ value }) => value.type === "k6.exit")?.value;
  if (exit?.type !== "k6.exit") return [{ name: "load generator", value: "its end is not recorded", sound: false }];
  const dropped = exit.droppedIterations;
  return [
    {
      name: "iterations that k6 could not start in time",
      value: dropped === null ? "not known" : formatCount(dropped),
      sound: dropped === null ? null : dropped === 0,
    },
    {
      name: "k6 exit code",
      value: exit.code === null ? `ended by ${exit.signal ?? "a signal"}` : String(exit.code),
      sound: null,
    },
  ];
}

/** A pause of the harness's own loop makes its time stamps late by as much. */
function loopSigns({ clock }: Evidence): HealthSign[] {
  const lags = clock
    .flatMap(({ value }) => (value.loopLagMs === undefined ? [] : [value.loopLagMs]))
    .toSorted((a, b) => a - b);
  const p99 = lags[Math.ceil(lags.length * 0.99) - 1];
  const most = lags.at(-1);
  if (p99 === undefined || most === undefined) return [];
  return [
    {
      name: "pauses of the harness, 99th percentile and longest",
      value: `${formatDuration(p99)}, ${formatDuration(most)}`,
      sound: p99 < 50,
    },
  ];
}

/** The longest stretch in which a periodic probe did not begin an observation, in intervals. */
function probeSigns({ probes }: Evidence): HealthSign[] {
  return probes.flatMap(({ header, lines }): HealthSign[] => {
    if (header.intervalMs === null || lines.length < 2) return [];
    let gapUs = 0;
    lines.forEach(({ value }, index) => {
      const next = lines[index + 1];
      if (next) gapUs = Math.max(gapUs, next.value.startUs - value.startUs);
    });
    const lateUs = header.intervalMs * 1000 + header.timeoutMs * 1000;
    return [
      {
        name: `longest gap of probe ${header.probe}`,
        value: `${formatDuration(gapUs / 1000)} (every ${formatDuration(header.intervalMs)})`,
        sound: gapUs <= lateUs * 1.5,
      },
    ];
  });
}

const groups: readonly (readonly [Resource["group"], string])[] = [
  ["harness", "harness"],
  ["load", "load generator"],
  ["probes", "probes"],
  ["system", "system under drill"],
];

function resourceSigns({ resources }: Evidence): HealthSign[] {
  const parts = groups.flatMap(([group, name]) => {
    const own = resources.map(({ value }) => value).filter((value) => value.group === group);
    const [first, last] = [own[0], own.at(-1)];
    if (!first || !last || last.us <= first.us) return [];
    const cores = (last.cpuSeconds - first.cpuSeconds) / ((last.us - first.us) / 1e6);
    return [{ name, cores, bytes: own.reduce((most, value) => Math.max(most, value.rssBytes), 0) }];
  });
  if (parts.length === 0) return [];
  const each = (pick: (part: (typeof parts)[number]) => string): string =>
    parts.map((part) => `${part.name} ${pick(part)}`).join(", ");
  const sum = (pick: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0);
  const mebibytes = (bytes: number): string => `${formatCount(Math.round(bytes / 1_048_576))} MiB`;
  return [
    {
      name: "processor cores used, mean",
      value: `${sum((part) => part.cores).toFixed(2)} (${each((part) => part.cores.toFixed(2))})`,
      sound: null,
    },
    {
      name: "memory, most of each",
      value: `${mebibytes(sum((part) => part.bytes))} (${each((part) => mebibytes(part.bytes))})`,
      sound: null,
    },
  ];
}

function sealSign({ seal }: Evidence): HealthSign {
  return { name: "seal of the evidence", value: seal.state, sound: seal.state === "valid" };
}

function residueSigns({ journal }: Evidence): HealthSign[] {
  const residue = journal.findLast(({ value }) => value.type === "residue")?.value;
  if (residue?.type !== "residue") return [];
  return [
    {
      name: "left behind in the environment",
      value: residue.clean ? "nothing" : residue.left.join(", "),
      sound: residue.clean,
    },
  ];
}

/** What is wrong with the files themselves, one sentence each. */
export function evidenceNotes(evidence: Evidence): readonly string[] {
  const files = evidence.files.flatMap((file) => [
    ...(file.torn ? [`${file.file}: the last line is cut off and was ignored`] : []),
    ...file.problems
      .slice(0, 5)
      .map(({ line, message }) => `${file.file}${line === null ? "" : `:${line}`}: ${message}`),
    ...(file.problems.length > 5 ? [`${file.file}: ${file.problems.length - 5} more problems`] : []),
  ]);
  return [
    ...files,
    ...evidence.seal.problems,
    ...evidence.foreignFiles.map((file) => `${file} is no part of a run folder`),
  ];
}
