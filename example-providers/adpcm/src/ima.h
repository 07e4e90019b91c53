/* IMA ADPCM, as WAV has it: each sample is told by the difference to the one before in four bits, in steps that follow the signal.
 *
 * Source: IMA Digital Audio Focus and Technical Working Groups, "Recommended Practices for Enhancing Digital Audio Compatibility in
 * Multimedia Systems", 3.00 (1992); blocks as in Microsoft's "New Multimedia Data Types and Data Techniques" (1994). */
#ifndef IMA_H
#define IMA_H

#include <stddef.h>
#include <stdint.h>

/* Frames of a block of so many bytes: one in its head of four bytes for each channel, and eight for each four bytes of a channel. */
size_t ima_block_frames(size_t bytes, int channels);

/* Makes a block of `ima_block_frames(bytes, channels)` frames, which are interleaved. `index` is where the steps of each channel are: it
 * goes on from block to block. */
void ima_encode(const int16_t *frames, int channels, uint8_t *block, size_t bytes, int index[2]);

/* Makes frames of a block of so many bytes. */
void ima_decode(const uint8_t *block, size_t bytes, int channels, int16_t *frames);

#endif
