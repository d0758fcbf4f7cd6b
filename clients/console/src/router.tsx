// Where one is: the part of the address after '#'. It never reaches a server.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface Place {
  // Decoded segments: "#/devices/ab12" is ["devices", "ab12"].
  path: string[];
  query: URLSearchParams;
}

function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const segments = path.split("/").filter((segment) => segment !== "");
  const decoded = segments.map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch {
      return segment;
    }
  });
  return { path: decoded, query: new URLSearchParams(query) };
}

export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => { setHash(location.hash); };
    window.addEventListener("hashchange", changed);
    return () => { window.removeEventListener("hashchange", changed); };
  }, []);
  return placeOf(hash);
}

export function href(...segments: string[]): string {
  return "#/" + segments.map(encodeURIComponent).join("/");
}

export function go(...segments: string[]): void {
  location.hash = href(...segments);
}

// Changes the query of this place, without a step in the history.
export function setQuery(values: Record<string, string>): void {
  const [path = "#/"] = location.hash.split("?");
  const query = new URLSearchParams(
    Object.entries(values).filter(([, value]) => value !== ""));
  const text = query.toString();
  history.replaceState(null, "", text === "" ? path : `${path}?${text}`);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

export function Link({ to, children }: {
  to: string[]; children: ComponentChildren;
}) {
  return <a href={href(...to)}>{children}</a>;
}
