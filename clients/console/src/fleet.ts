// What devices, sessions and versions amount to.
import type { Schemas } from "./api";
import type { Tone } from "./ui";

type Device = Schemas["Device"];
type Session = Schemas["Session"];

// "settled": it has what it should have. "converging": something is to be
// done at its next contacts. "stuck": something was given up, or is withheld.
// "refused": its evidence isn't believed.
export type DeviceState = "settled" | "converging" | "stuck" | "refused" |
  "unknown";

export const DEVICE_TONES: Record<DeviceState, Tone> = {
  settled: "good", converging: "busy", stuck: "bad", refused: "bad",
  unknown: "plain",
};

// States of steps that no contact of the device will change.
export const STUCK: ReadonlySet<string> = new Set(["given-up", "withheld"]);

export function stateOf(device: Device): DeviceState {
  if (device.attestation?.verdict === "refused") return "refused";
  if (device.tasks.some((task) => STUCK.has(task.state))) return "stuck";
  if (device.tasks.length > 0) return "converging";
  return device.attestation?.verdict === "accepted" ? "settled" : "unknown";
}

export function sessionTone(state: string): Tone {
  switch (state) {
    case "done": return "good";
    case "open": return "busy";
    case "failed": case "refused": case "blocked": return "bad";
    default: return "plain";
  }
}

export const FAILED = new Set(["failed", "refused", "blocked"]);

export interface Hour {
  // Begin, ISO.
  at: string;
  ok: number;
  failed: number;
  other: number;
}

// Sessions by the hour of their latest message, the last 24 hours.
export function byHour(sessions: readonly Session[], now: number): Hour[] {
  const length = 3_600_000;
  const end = Math.floor(now / length) * length;
  const hours = Array.from({ length: 24 }, (_, i): Hour => ({
    at: new Date(end - (23 - i) * length).toISOString(),
    ok: 0, failed: 0, other: 0,
  }));
  for (const session of sessions) {
    const at = Date.parse(session.lastMessageAt ?? session.openedAt ?? "");
    const hour = hours[23 - Math.floor((end + length - at - 1) / length)];
    if (!hour) continue;
    if (session.state === "done") hour.ok += 1;
    else if (FAILED.has(session.state)) hour.failed += 1;
    else hour.other += 1;
  }
  return hours;
}

export interface InField {
  spid: string;
  taid: string;
  version: string;
  devices: number;
}

// On how many devices each version is.
export function versionsInField(devices: readonly Device[]): InField[] {
  const found = new Map<string, InField>();
  for (const device of devices) {
    for (const domain of device.securityDomains) {
      for (const ta of domain.tas) {
        const key = JSON.stringify([domain.spid, ta.taid, ta.version]);
        const row = found.get(key) ?? { spid: domain.spid, taid: ta.taid,
                                        version: ta.version, devices: 0 };
        row.devices += 1;
        found.set(key, row);
      }
    }
  }
  return [...found.values()].sort((a, b) =>
    a.spid.localeCompare(b.spid) || a.taid.localeCompare(b.taid) ||
    a.version.localeCompare(b.version, undefined, { numeric: true }));
}

export function countBy<T>(rows: readonly T[],
                           keyOf: (row: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const key = keyOf(row);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
