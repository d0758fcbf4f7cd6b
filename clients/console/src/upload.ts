// An image on its way up: in chunks, and after a break on from where it was.
import { Refusal, type Schemas, Unreachable, exchange, get,
         send } from "./api";
import { base64Of } from "./format";

type UploadOf = Schemas["Upload"];

export const MOST_OCTETS = 64 * 1024 * 1024;
const CHUNK = 512 * 1024;
const TRIES = 6;

export interface Image {
  spid: string;
  taid: string;
  version: string;
  format: string;
  file: File;
}

export interface Progress {
  sent: number;
  size: number;
  // Not 0: the line broke, and it is tried again.
  tries: number;
}

export async function sha256Of(file: File): Promise<string> {
  return base64Of(await crypto.subtle.digest("SHA-256",
                                             await file.arrayBuffer()));
}

// Worth another try: the line, the server's load, or a chunk that came already.
function passes(error: unknown): boolean {
  return error instanceof Unreachable ||
    (error instanceof Refusal && (error.problem.status === 429 ||
      error.problem.status >= 500 ||
      error.problem.code === "FAILED_PRECONDITION"));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      reject(new DOMException("stopped", "AbortError"));
    }, { once: true });
  });
}

// Brings the image's octets up. Where a part of the same image is there
// already, it goes on after that. Rejects with an AbortError once `signal`
// stops it: what has come stays for a day.
export async function bring(image: Image, signal: AbortSignal,
                            told: (progress: Progress) => void):
    Promise<UploadOf> {
  const { file, ...what } = image;
  const size = file.size;
  const begun = await send("post", "/v1/uploads", {
    body: { ...what, size: String(size), sha256: await sha256Of(file) } });
  const upload = begun.upload;
  if (!upload) throw new Error("The server has made no upload.");
  const path = { uploadId: upload.uploadId };
  let sent = Number(upload.received);
  let tries = 0;
  while (sent < size) {
    signal.throwIfAborted();
    told({ sent, size, tries });
    try {
      const data = await file.slice(sent, sent + CHUNK).arrayBuffer();
      const answer = await exchange(
        "put", `/v1/uploads/${path.uploadId}/content?offset=${sent}`, data,
        signal) as Schemas["WriteChunkResponse"];
      sent = Number(answer.received);
      tries = 0;
    } catch (error) {
      tries += 1;
      if (!passes(error) || tries === TRIES) throw error;
      told({ sent, size, tries });
      await pause(500 * 2 ** tries, signal);
      try {
        const now = await get("/v1/uploads/{uploadId}", { path }, signal);
        sent = Number(now.upload?.received ?? sent);
      } catch (again) {
        if (!passes(again)) throw again;
      }
    }
  }
  told({ sent, size, tries: 0 });
  return upload;
}

// Makes the version of what has come.
export async function complete(uploadId: string, pdata: string,
                               manifest: Schemas["Manifest"] | undefined):
    Promise<Schemas["CompleteUploadResponse"]> {
  return send("post", "/v1/uploads/{uploadId}:complete", {
    path: { uploadId },
    body: { personalizationData: pdata,
            ...(manifest ? { manifest } : {}) } });
}
