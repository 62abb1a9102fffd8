import { html, type TemplateResult } from 'lit-html';
import { ref } from 'lit-html/directives/ref.js';
import { back } from './pieces.ts';

export interface ScanScreen {
  readonly heading: string;
  readonly onText: (text: string) => void;
  readonly onBack: () => void;
  readonly onNoCamera: () => void;
}

let stop: AbortController | undefined;

/** The camera's picture; the reader is loaded when it is first asked for. */
export function scanScreen({ heading, onText, onBack, onNoCamera }: ScanScreen): TemplateResult {
  return html`<div class="screen scan">
    <div class="top">${back('Back', onBack)}</div>
    <h1 id="heading" tabindex="-1">${heading}</h1>
    <div class="viewfinder">
      <video
        aria-label="What the camera sees"
        muted
        playsinline
        ${ref((element) => {
          if (!element) return stop?.abort();
          if (stop && !stop.signal.aborted) return;
          stop = new AbortController();
          void scan(element as HTMLVideoElement, stop.signal, onText, onNoCamera);
        })}
      ></video>
    </div>
    <p class="quiet">Hold the phone so that the whole code is in the frame.</p>
  </div>`;
}

async function scan(
  video: HTMLVideoElement,
  signal: AbortSignal,
  onText: (text: string) => void,
  onNoCamera: () => void,
): Promise<void> {
  try {
    const { readCode } = await import('../camera/read-code.ts');
    const text = await readCode(video, signal);
    if (text !== undefined && !signal.aborted) onText(text);
  } catch {
    if (!signal.aborted) onNoCamera();
  }
}
