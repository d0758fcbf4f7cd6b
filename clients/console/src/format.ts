// Values as people read them, and as the interface takes them.

// UTC by ISO 8601, to the second.
export function timeText(value: string | undefined): string {
  if (!value) return "–";
  return new Date(value).toISOString().replace(/\.\d+Z$/, "Z")
    .replace("T", " ");
}

// Whole days until then; negative when it has passed.
export function daysUntil(value: string): number {
  return Math.floor((Date.parse(value) - Date.now()) / 86_400_000);
}

export function hexOf(base64: string): string {
  return Array.from(atob(base64), (c) =>
    c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

export function base64OfHex(hex: string): string {
  const octets = hex.match(/../g) ?? [];
  return btoa(octets.map((o) => String.fromCharCode(parseInt(o, 16))).join(""));
}

export function base64Of(data: ArrayBuffer): string {
  const octets = new Uint8Array(data);
  let text = "";
  // In parts: each octet is an argument.
  for (let at = 0; at < octets.length; at += 8192) {
    text += String.fromCharCode(...octets.subarray(at, at + 8192));
  }
  return btoa(text);
}

// DER in base64 out of PEM or DER.
export function derOf(data: ArrayBuffer): string {
  const text = new TextDecoder().decode(data);
  const pem = /-----BEGIN [^-]+-----([\s\S]+?)-----END/.exec(text);
  return pem ? (pem[1] ?? "").replace(/\s/g, "") : base64Of(data);
}

export function pemOf(base64: string): string {
  return ["-----BEGIN CERTIFICATE-----", ...(base64.match(/.{1,64}/g) ?? []),
          "-----END CERTIFICATE-----", ""].join("\n");
}

export function sizeText(octets: number): string {
  if (octets < 1024) return `${octets} B`;
  if (octets < 1024 * 1024) return `${(octets / 1024).toFixed(1)} KiB`;
  return `${(octets / 1024 / 1024).toFixed(1)} MiB`;
}

// "REVIEW_STATE_SUBMITTED" as "submitted".
export function stateText(value: string, prefix: string): string {
  return value.replace(prefix, "").toLowerCase().replace(/_/g, " ");
}

// A hash or an id at the length at which people tell them apart.
export function shortened(text: string): string {
  return text.length > 20 ? `${text.slice(0, 12)}…` : text;
}
