import type { Page } from './environment.js';

/** Tells other tabs. */
export type Tell = (text: string) => void;

/**
 * Over `BroadcastChannel`, where there is one; the record in storage is what else tells. It is closed while the page is
 * kept for going back, which an open one keeps a browser from; `closing` closes it for good.
 */
export function openChannel(name: string, page: Page, closing: AbortSignal, hear: Tell): Tell {
  let channel: BroadcastChannel | undefined;
  function open(): void {
    try {
      channel ??= new page.BroadcastChannel(name);
      channel.onmessage = ({ data }) => hear(String(data));
    } catch {
      // There is none, or none may be had here.
    }
  }
  function close(): void {
    channel?.close();
    channel = undefined;
  }
  open();
  const options = { signal: closing };
  page.window.addEventListener('pageshow', open, options);
  page.window.addEventListener('pagehide', close, options);
  closing.addEventListener('abort', close);
  return (text) => channel?.postMessage(text);
}
