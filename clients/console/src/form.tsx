// Forms: labels, hints, and what a server refuses beside the input that it
// names.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import { type Problem, problemFrom } from "./api";
import { ProblemNotice, announce } from "./ui";

export interface FieldSpec {
  // The member of the request, as a problem's `field` names it.
  name: string;
  label: string;
  hint?: string;
  kind?: "text" | "textarea" | "select" | "file" | "secret" | "check";
  // Of a select: value and words.
  options?: [string, string][];
  value?: string;
  optional?: boolean;
  // Shown only while this holds.
  when?: (values: Values) => boolean;
  accept?: string;
  // The browser may offer what was typed before.
  autoComplete?: string;
}

export class Values {
  constructor(private readonly texts: Record<string, string>,
              private readonly files: Record<string, File | undefined>) {}

  text(name: string): string { return (this.texts[name] ?? "").trim(); }
  checked(name: string): boolean { return this.texts[name] === "yes"; }
  file(name: string): File | undefined { return this.files[name]; }
  // Names between commas or on lines.
  names(name: string): string[] {
    return this.text(name).split(/[\s,]+/).filter((part) => part !== "");
  }
}

// Whether a problem's field is this input, or a part of what it holds:
// "manifest.displayName", "taids[0]", "target.did".
export function isAbout(field: string | undefined, name: string): boolean {
  if (!field) return false;
  return field === name || field.startsWith(`${name}.`) ||
    field.startsWith(`${name}[`) || name.startsWith(`${field}.`);
}

function Input({ spec, value, problem, onText, onFile }: {
  spec: FieldSpec; value: string; problem: Problem | undefined;
  onText: (text: string) => void; onFile: (file: File | undefined) => void;
}) {
  const id = useId();
  const wrong = problem !== undefined;
  const described = [spec.hint ? `${id}-hint` : "", wrong ? `${id}-wrong` : ""]
    .filter((one) => one !== "").join(" ");
  const common = {
    id, name: spec.name, required: !spec.optional,
    "aria-invalid": wrong ? true : undefined,
    "aria-describedby": described === "" ? undefined : described,
  } as const;
  const input = (() => {
    switch (spec.kind) {
      case "textarea":
        return <textarea {...common} rows={4} value={value} spellcheck={false}
                         onInput={(e) => { onText(e.currentTarget.value); }} />;
      case "select":
        return (
          <select {...common} value={value}
                  onChange={(e) => { onText(e.currentTarget.value); }}>
            {(spec.options ?? []).map(([key, words]) => (
              <option key={key} value={key}>{words}</option>
            ))}
          </select>
        );
      case "file":
        return <input {...common} type="file" accept={spec.accept}
                      onChange={(e) => {
                        onFile(e.currentTarget.files?.[0]);
                      }} />;
      case "secret":
        return <input {...common} value={value} type="password"
                      autoComplete={spec.autoComplete ?? "off"}
                      onInput={(e) => { onText(e.currentTarget.value); }} />;
      case "check":
        return <input {...common} required={false} type="checkbox"
                      checked={value === "yes"}
                      onChange={(e) => {
                        onText(e.currentTarget.checked ? "yes" : "");
                      }} />;
      default:
        return <input {...common} value={value} spellcheck={false}
                      autoComplete={spec.autoComplete ?? "off"}
                      type="text"
                      onInput={(e) => { onText(e.currentTarget.value); }} />;
    }
  })();
  return (
    <div class={spec.kind === "check" ? "field check" : "field"}>
      <label for={id}>
        {spec.label}{spec.optional && <span class="dim"> (optional)</span>}
      </label>
      {input}
      {spec.hint && <p class="hint" id={`${id}-hint`}>{spec.hint}</p>}
      {wrong && <p class="wrong" id={`${id}-wrong`}>{problem.detail}</p>}
    </div>
  );
}

export function Form({ fields, submit, label, danger, onCancel, children }: {
  fields: FieldSpec[];
  // Rejects with what was wrong.
  submit: (values: Values) => Promise<unknown>;
  label: string; danger?: boolean; onCancel?: () => void;
  children?: ComponentChildren;
}) {
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [
      field.name, field.value ?? (field.kind === "select"
        ? field.options?.[0]?.[0] ?? "" : "")])));
  const [files, setFiles] = useState<Record<string, File | undefined>>({});
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const values = new Values(texts, files);
  const shown = fields.filter((field) => field.when?.(values) ?? true);
  const placed = shown.find((field) => isAbout(problem?.field, field.name));

  useEffect(() => {
    if (!problem) return;
    form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [problem]);

  return (
    <form ref={form} onSubmit={(event) => {
      event.preventDefault();
      if (busy) return;
      setBusy(true);
      setProblem(undefined);
      submit(values).then(
        () => { setBusy(false); },
        (error: unknown) => {
          setBusy(false);
          setProblem(problemFrom(error));
        });
    }}>
      {problem && <ProblemNotice problem={problem} />}
      {shown.map((field) => (
        <Input key={field.name} spec={field} value={texts[field.name] ?? ""}
               problem={field === placed ? problem : undefined}
               onText={(text) => {
                 setTexts((before) => ({ ...before, [field.name]: text }));
               }}
               onFile={(file) => {
                 setFiles((before) => ({ ...before, [field.name]: file }));
               }} />
      ))}
      {children}
      <div class="buttons">
        <button type="submit" class={danger ? "danger" : "main"}
                aria-disabled={busy ? true : undefined}>
          {busy ? "Working…" : label}
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>Cancel</button>
        )}
      </div>
    </form>
  );
}

// A button that asks in a dialog what is needed, and does it.
export function Action({ label, title, text, fields = [], danger, run, done,
                         submit, name }: {
  label: string; title: string; text?: string; fields?: FieldSpec[];
  danger?: boolean;
  // What it does; what it gives, such as a secret, is shown in place of the
  // form.
  run: (values: Values) => Promise<ComponentChildren>;
  // Announced once it is done.
  done: string;
  submit?: string;
  // Read out in place of the label, where many buttons say the same.
  name?: string;
}) {
  const [open, setOpen] = useState(false);
  const [result, setResult] = useState<ComponentChildren>();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  const close = () => {
    dialog.current?.close();
    setOpen(false);
    setResult(undefined);
  };
  return (
    <>
      <button type="button" class={danger ? "danger" : undefined}
              aria-label={name} onClick={() => { setOpen(true); }}>
        {label}
      </button>
      {open && (
        <dialog ref={dialog} aria-labelledby={id} onClose={close}>
          <h2 id={id}>{title}</h2>
          {result ? (
            <>
              {result}
              <div class="buttons">
                <button type="button" class="main" onClick={close}>
                  Close
                </button>
              </div>
            </>
          ) : (
            <>
              {text && <p>{text}</p>}
              <Form fields={fields} label={submit ?? label}
                    danger={danger ?? false} onCancel={close}
                    submit={async (values) => {
                      const given = await run(values);
                      announce(done);
                      if (given) setResult(given);
                      else close();
                    }} />
            </>
          )}
        </dialog>
      )}
    </>
  );
}

// What it says of why, for people.
export const REASON: FieldSpec = {
  name: "reason", label: "Reason", kind: "textarea",
  hint: "It is kept on record and shown to those whom it is about.",
};
