// Runs beside the audio device: hands the microphone's samples, one channel, to the page in blocks.

const blockSize = 2048;

class Microphone extends AudioWorkletProcessor {
  block = new Float32Array(blockSize);
  filled = 0;

  process([channels]) {
    const count = channels[0]?.length ?? 0;
    for (let index = 0; index < count; index++) {
      let sum = 0;
      for (const channel of channels) sum += channel[index];
      this.block[this.filled++] = sum / channels.length;
      if (this.filled === blockSize) {
        this.port.postMessage(this.block, [this.block.buffer]);
        this.block = new Float32Array(blockSize);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
