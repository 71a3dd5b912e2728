import type { Page } from './environment.js';

/** How tabs tell each other of changes. */
export interface Channel {
  tell(text: string): void;
  close(): void;
}

/**
 * Over `BroadcastChannel`, where there is one; the record in storage is what else tells. It is closed while the page is
 * kept for going back: one that is open keeps a browser from keeping the page.
 */
export function openChannel(name: string, page: Page, hear: (text: string) => void): Channel {
  const closing = new AbortController();
  let channel: BroadcastChannel | undefined;
  function open(): void {
    try {
      channel ??= page.BroadcastChannel && new page.BroadcastChannel(name);
      if (channel) channel.onmessage = ({ data }) => hear(String(data));
    } catch {
      // None may be had here.
    }
  }
  function close(): void {
    channel?.close();
    channel = undefined;
  }
  open();
  const { signal } = closing;
  page.window.addEventListener('pageshow', open, { signal });
  page.window.addEventListener('pagehide', close, { signal });
  return {
    tell: (text) => channel?.postMessage(text),
    close() {
      close();
      closing.abort();
    },
  };
}
