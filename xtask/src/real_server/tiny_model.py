"""Writes a language model of the llama architecture whose weights are random: what it says means nothing, and a server
takes it for a model like any other.

    python tiny_model.py FILE WIDTH

WIDTH is how many numbers an embedding has, a multiple of 8.
"""

import sys

import numpy
from gguf import GGUFWriter, PoolingType, TokenType

SEED = 1
CONTEXT = 512
HEADS = 4
LAYERS = 2

# What it can say. A space before a word is part of the word, and is written so.
WORDS = """
    a all and are as at be but by can do for forest fox from go good green have he her here his home how i if in into is it
    its know like little long look many may more moon most my night no not now of old on one or other our out over people
    red river say see she small snow so some still stone sun take than that the their them then there these they this time
    to tree two under up us very was water way we well were what when where white who will wind wolf wood work year you
""".split()

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }} : {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant :{% endif %}"
)

SPECIAL = [("<unk>", TokenType.UNKNOWN), ("<s>", TokenType.CONTROL), ("</s>", TokenType.CONTROL)]
# Any text can be read: what is no word of the list is read byte by byte.
BYTES = [(f"<0x{byte:02X}>", TokenType.BYTE) for byte in range(256)]
SAYABLE = [(f"\u2581{word}", TokenType.NORMAL) for word in WORDS]
# The tokenizer puts words together from their letters, so that each step on the way has to be there as well.
TEXTS = {text for text, _ in SAYABLE}
STEPS = sorted({text[:end] for text in TEXTS for end in range(1, len(text))} | set("".join(TEXTS)) - TEXTS)
READABLE = [(text, TokenType.NORMAL) for text in STEPS if text not in TEXTS]
VOCABULARY = SPECIAL + BYTES + SAYABLE + READABLE


def main(path: str, width: int) -> None:
    model = GGUFWriter(path, "llama")
    model.add_name("tiny random model")
    model.add_context_length(CONTEXT)
    model.add_embedding_length(width)
    model.add_feed_forward_length(2 * width)
    model.add_block_count(LAYERS)
    model.add_head_count(HEADS)
    model.add_head_count_kv(HEADS)
    model.add_rope_dimension_count(width // HEADS)
    model.add_layer_norm_rms_eps(1e-5)
    # An embedding is the mean over the tokens of a text.
    model.add_pooling_type(PoolingType.MEAN)
    add_vocabulary(model)
    add_weights(model, width)
    model.write_header_to_file()
    model.write_kv_data_to_file()
    model.write_tensors_to_file()
    model.close()


def add_vocabulary(model: GGUFWriter) -> None:
    model.add_vocab_size(len(VOCABULARY))
    model.add_tokenizer_model("llama")
    model.add_token_list([text for text, _ in VOCABULARY])
    # Longer pieces of text go first.
    model.add_token_scores([float(len(text)) for text, _ in VOCABULARY])
    model.add_token_types([kind for _, kind in VOCABULARY])
    model.add_unk_token_id(0)
    model.add_bos_token_id(1)
    model.add_eos_token_id(2)
    model.add_chat_template(CHAT_TEMPLATE)


def add_weights(model: GGUFWriter, width: int) -> None:
    random = numpy.random.default_rng(SEED)

    def matrix(rows: int, columns: int) -> numpy.ndarray:
        return (random.standard_normal((rows, columns)) / numpy.sqrt(columns)).astype(numpy.float32)

    ones = numpy.ones(width, dtype=numpy.float32)
    model.add_tensor("token_embd.weight", matrix(len(VOCABULARY), width))
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        model.add_tensor(f"{block}.attn_norm.weight", ones)
        for part in ["attn_q", "attn_k", "attn_v", "attn_output"]:
            model.add_tensor(f"{block}.{part}.weight", matrix(width, width))
        model.add_tensor(f"{block}.ffn_norm.weight", ones)
        model.add_tensor(f"{block}.ffn_gate.weight", matrix(2 * width, width))
        model.add_tensor(f"{block}.ffn_up.weight", matrix(2 * width, width))
        model.add_tensor(f"{block}.ffn_down.weight", matrix(width, 2 * width))
    model.add_tensor("output_norm.weight", ones)
    model.add_tensor("output.weight", output(matrix(len(VOCABULARY), width)))


def output(weights: numpy.ndarray) -> numpy.ndarray:
    """Has the model say words only, and go on until it has said as many as it may."""
    first = len(SPECIAL) + len(BYTES)
    sayable = numpy.zeros_like(weights)
    sayable[first : first + len(SAYABLE)] = weights[first : first + len(SAYABLE)] * 4
    return sayable


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
