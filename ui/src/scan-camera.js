// The camera: it hands every frame to a reader of QR codes and tells what was read.

import { decodeQR } from "qr/decode.js";

const SIDE = 1080; // of a frame, at most: more pixels take longer and read no better
const PACE = 60; // ms between two frames that are looked at

let native; // the browser's own reader; null: it has none
let hard; // the reader for difficult codes, once it was asked for
let stream, stopped = true;

async function nativeReader() {
  if (native !== undefined) return native;
  native = null;
  try {
    const kinds = await globalThis.BarcodeDetector?.getSupportedFormats();
    if (kinds?.includes("qr_code")) native = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
  } catch {
    native = null;
  }
  return native;
}

const canvas = document.createElement("canvas");
const pencil = canvas.getContext("2d", { willReadFrequently: true });

function picture(video) {
  const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  pencil.drawImage(video, 0, 0, canvas.width, canvas.height);
  return pencil.getImageData(0, 0, canvas.width, canvas.height);
}

async function read(video) {
  const reader = await nativeReader();
  if (reader) {
    try {
      const found = await reader.detect(video);
      if (found.length > 0) return found[0].rawValue;
    } catch {
      native = null; // it is named, and does not work here
    }
  }
  const frame = picture(video);
  try {
    return decodeQR(frame);
  } catch {
    // no code in this frame
  }
  return hard ? hard(frame) : "";
}

// open shows the camera in a video element; facing is user or environment.
export async function open(video, facing) {
  close();
  stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  video.srcObject = stream;
  await video.play();
}

export function close() {
  stopped = true;
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = undefined;
}

// watch calls saw(text, since) for each frame: text is "" where there was no code, since
// the moment at which the frame was taken.
export async function watch(video, saw) {
  stopped = false;
  const mine = stream;
  while (!stopped && stream === mine) {
    const since = performance.now();
    if (video.readyState >= 2) saw(await read(video), since);
    await new Promise((next) => setTimeout(next, Math.max(0, PACE - (performance.now() - since))));
  }
}

const track = () => stream?.getVideoTracks()[0];
export const hasTorch = () => Boolean(track()?.getCapabilities?.().torch);
export const torch = (on) => track().applyConstraints({ advanced: [{ torch: on }] });

// useHard loads the reader for difficult codes from its own address.
export async function useHard(script, wasm) {
  const module = await import(script);
  await module.start(wasm);
  hard = module.read;
}
