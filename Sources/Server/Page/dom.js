// Small helpers: elements, sizes, and how numbers are written.

export const byId = (id) => document.getElementById(id);

/** An element with attributes (`on…` are listeners, `class` its classes) and children. */
export function element(tag, attributes = {}, ...children) {
  const result = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) result.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) result.setAttribute(name, value === true ? "" : value);
  }
  result.append(...children.filter((child) => child != null));
  return result;
}

/** The root's font size, which a person may have set, in CSS pixels. */
export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** What a picture of some width leaves free: on the left for labels, on the right for the last time. */
export const frame = (width) => ({ gutter: Math.min(4.5 * rem(), 0.34 * width), margin: 0.875 * rem() });

export function percent(share) {
  if (share > 0 && share < 0.005) return "<1%";
  return `${Math.round(share * 100)}%`;
}

export const seconds = (time) => `${time.toFixed(1)} s`;

/** A time as m:ss. */
export function clock(time) {
  const whole = Math.floor(time);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A time on a scale that goes up to `end`: seconds, or m:ss where that reads better. */
export const timeText = (time, end) => (end < 100 ? seconds(time) : clock(time));

/** The same to the tenth of a second. */
export function exactTime(time, end) {
  if (end < 100) return seconds(time);
  const tenths = Math.round(time * 10);
  return `${clock(tenths / 10)}.${tenths % 10}`;
}

export const megabytes = (bytes) => `${(bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0)} MB`;

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

export const wait = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
