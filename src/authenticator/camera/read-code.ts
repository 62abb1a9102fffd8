import decodeQR from 'qr/decode.js';

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}

/** Looks at the picture this often, ms: more would only warm the phone. */
const LOOK_MS = 120;
/** A picture larger than this is made smaller before it is read: pixels of the longer side. */
const LARGEST = 960;

/**
 * Shows the camera in `video` and reads the first QR code it sees.
 *
 * @returns `undefined` when `signal` aborts. The camera is let go in every case.
 * @throws what `getUserMedia` throws when there is no camera or it may not be used.
 */
export async function readCode(video: HTMLVideoElement, signal: AbortSignal): Promise<string | undefined> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  try {
    video.srcObject = stream;
    const read = await reader();
    while (!signal.aborted) {
      // A browser pauses a picture that nobody sees, and then refuses to play it: that is no lack of a camera.
      if (video.paused) await video.play().catch(() => {});
      const text = video.videoWidth > 0 ? await read(video) : undefined;
      if (text !== undefined) return text;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return undefined;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

type Read = (video: HTMLVideoElement) => Promise<string | undefined>;

/** The browser's own reader where it has one for QR codes, else ours. */
async function reader(): Promise<Read> {
  const { BarcodeDetector } = globalThis as unknown as {
    BarcodeDetector?: {
      new (options: { formats: string[] }): Detector;
      getSupportedFormats(): Promise<string[]>;
    };
  };
  const formats = (await BarcodeDetector?.getSupportedFormats().catch(() => undefined)) ?? [];
  if (BarcodeDetector && formats.includes('qr_code')) {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, LARGEST / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!context) return undefined;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      // No code in this picture.
      return undefined;
    }
  };
}
