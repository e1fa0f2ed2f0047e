"""The words about models, weights and memory, as data; a figure in one names its source."""

from __future__ import annotations

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.help.term import Term

_GGML = "ggml, block sizes of its storage types (gguf 0.19.0, GGML_QUANT_SIZES)"

TERMS: tuple[Term, ...] = (
    Term(
        "moe",
        say("Mixture of experts"),
        (say("mixture of experts"), say("MoE")),
        say(
            "A model whose layers hold many small networks, the experts. A router chooses a few of"
            " them for each token, so all have to be stored, but only a few are read for a token."
        ),
        "memory#weights",
    ),
    Term(
        "routed-experts",
        say("Routed experts"),
        (say("routed experts"), say("experts")),
        say(
            "The many small networks of each layer of which a router picks a few for every token."
            " They are most of the bytes, and for one token most of them are not read: that is why"
            " they may lie in slower host memory."
        ),
        "memory#routed-experts",
    ),
    Term(
        "shared-parts",
        say("Attention, shared, embeddings"),
        (say("attention, shared, embeddings"), say("shared experts"), say("shared expert")),
        say(
            "What every token needs: attention, experts that are always used, the embeddings and"
            " the output. Few bytes, read for every token, so they belong on the fastest memory."
        ),
        "memory#attention-shared-experts-embeddings",
    ),
    Term(
        "active-parameters",
        say("Active parameters"),
        (say("active parameters"), say("active")),
        say(
            "The weights that take part in computing one token. They decide how fast a model"
            " answers; the total decides how much memory it needs. Both are counted here from the"
            " model's architecture."
        ),
        "memory#weights",
    ),
    Term(
        "weights",
        say("Weights"),
        (say("weights"), say("weight format")),
        say(
            "The numbers that a model has learned. Their format says how many bits each one takes."
            " “Native” is the checkpoint as its makers published it; anything smaller was rounded."
        ),
        "memory#weights",
    ),
    Term(
        "bits-per-weight",
        say("Bits per weight"),
        (say("bits per weight"), say("bits a weight"), say("bpw")),
        say(
            "All bytes of a file × 8, divided by the number of weights. It is more than the"
            " format's name says, because of scales, and because some tensors are kept larger:"
            " Q4_K takes 4.5 bits, a whole Q4_K_M file more."
        ),
        "memory#weights",
        source=_GGML,
    ),
    Term(
        "quantisation",
        say("Quantisation"),
        (say("quantisation"), say("quantization"), say("quantised")),
        say(
            "Storing weights with fewer bits than they were trained with. It saves memory and"
            " makes decoding faster; each step down costs some quality. This program counts the"
            " bytes and does not judge the quality."
        ),
        "memory#weights",
    ),
    Term(
        "gguf-types",
        say("K and I formats of GGUF"),
        ("Q2_K", "Q3_K", "Q4_K", "Q4_K_M", "Q5_K", "Q5_K_M", "Q6_K", "Q8_0", "IQ2_XXS", "IQ4_XS"),
        say(
            "Formats of llama.cpp. A block of weights shares a scale: Q8_0 takes 8.5 bits, Q6_K"
            " 6.56, Q4_K 4.5. A recipe such as Q4_K_M mixes them, tensor by tensor; its size is"
            " computed by the rules of llama-quantize."
        ),
        "memory#weights",
        source=_GGML,
    ),
    Term(
        "four-bit-floats",
        say("MXFP4 and NVFP4"),
        ("MXFP4", "NVFP4"),
        say(
            "Four-bit floating point. MXFP4 has one scale of 8 bits for 32 values: 4.25 bits a"
            " weight. NVFP4 has one for 16 values: 4.5 bits. Not every card has kernels for them."
        ),
        "memory#weights",
        source="OCP Microscaling Formats (MX) Specification 1.0, 2023; NVIDIA, Introducing NVFP4,"
        " 2025",
    ),
    Term(
        "eight-and-sixteen-bit",
        say("BF16, F16 and FP8"),
        ("BF16", "F16", "FP8"),
        say(
            "Floating point of 16 and of 8 bits. BF16 has the range of 32-bit numbers with fewer"
            " digits, F16 more digits and less range. FP8 halves both, and older cards have no"
            " kernels for it."
        ),
        "memory#weights",
        source="IEEE 754-2019 (F16); Micikevicius et al., FP8 Formats for Deep Learning, 2022",
    ),
    Term(
        "awq-gptq",
        say("AWQ and GPTQ"),
        ("AWQ", "GPTQ"),
        say(
            "Two ways to round weights to four bits with the help of example texts, used by vLLM"
            " and SGLang. The file also holds scales, which are counted here."
        ),
        "memory#weights",
    ),
    Term(
        "imatrix",
        say("Importance matrix"),
        (say("importance matrix"), "imatrix"),
        say(
            "Statistics of which weights matter, measured on example texts before a GGUF file is"
            " made. It changes the quality of small formats, and of a few the size."
        ),
        "memory#weights",
    ),
    Term(
        "kv-cache",
        say("KV cache"),
        (say("KV cache"), "KV"),
        say(
            "What the model remembers of the text so far: a key and a value for each token and"
            " layer. It grows with the context and with every user who is served at the same time,"
            " and its size depends on the kind of attention, not on the number of parameters."
        ),
        "memory#kv-cache",
    ),
    Term(
        "kv-type",
        say("Type of the KV cache"),
        (say("KV cache type"), say("KV type")),
        say(
            "The format in which keys and values are kept. Eight bits take half the memory of"
            " sixteen. “Assumed” beside it means that nobody chose it and the engine's own default"
            " was taken."
        ),
        "memory#kv-cache",
    ),
    Term(
        "gqa",
        "GQA",
        ("GQA", say("grouped-query attention"), say("KV head"), say("KV heads")),
        say(
            "Grouped-query attention: several heads share one key and one value, which makes the"
            " KV cache smaller. With fewer KV heads than cards, tensor parallel has to keep copies."
        ),
        "memory#kv-cache",
    ),
    Term(
        "mla",
        "MLA",
        ("MLA", say("latent attention")),
        say(
            "Multi-head latent attention: one short vector for each token and layer in the place"
            " of keys and values for every head. A cache that is many times smaller, and that"
            " cannot be split over cards by heads."
        ),
        "memory#kv-cache",
    ),
    Term(
        "sliding-window",
        say("Sliding window"),
        (say("sliding window"), "SWA"),
        say(
            "Attention that looks back a fixed number of tokens. Such layers stop growing when the"
            " window is full; only the other layers grow with the context."
        ),
        "memory#kv-cache",
    ),
    Term(
        "context",
        say("Context"),
        (say("context"), say("longest context"), say("tokens of context")),
        say(
            "How many tokens the model can see at once: the question, documents, and the answer"
            " that is being written. A token is a piece of a word. The model has a limit of its"
            " own; memory may end sooner."
        ),
        "context",
    ),
    Term(
        "compute-buffers",
        say("Compute buffers"),
        (say("compute buffers"), say("compute buffer")),
        say(
            "Room that the engine needs for intermediate results. It grows with how many tokens"
            " are worked on at once (ubatch) and, without flash attention, with the context."
        ),
        "memory#compute-buffers",
    ),
    Term(
        "overhead",
        say("Runtime overhead"),
        (say("runtime overhead"), say("overhead")),
        say(
            "What the driver and the engine take on every card before a single weight is loaded,"
            " such as the CUDA context. It is modelled from measurements and counted on the safe"
            " side."
        ),
        "memory#runtime-overhead",
    ),
    Term(
        "usable",
        say("Usable memory"),
        (say("usable memory"), say("usable")),
        say(
            "What an engine can really take of a card: its memory less what the driver keeps,"
            " error correction, a screen and other programs. A plan is held against this and not"
            " against the number on the box."
        ),
        "memory#usable-memory",
    ),
    Term(
        "free",
        say("Free"),
        (say("free"),),
        say(
            "What is left of the usable memory. Rounded down. When it is smaller than what the"
            " modelled terms may be wrong by, the verdict is “Tight”."
        ),
        "memory#free",
    ),
    Term(
        "gib",
        say("GiB and GB"),
        ("GiB", "GB"),
        say(
            "A GiB is 2^30 bytes, a GB is 10^9: 1 GiB is 1.074 GB. Memory is shown in GiB; the"
            " names of cards keep the “GB” of their makers. The status bar changes the unit."
        ),
        "memory#usable-memory",
        source="IEC 80000-13:2008",
    ),
    Term(
        "ecc",
        say("Error correction (ECC)"),
        ("ECC", say("error correction")),
        say(
            "Memory that notices and repairs flipped bits. Cards that keep its check bits in the"
            " ordinary memory have less left for a model while it is on."
        ),
        "memory#usable-memory",
    ),
    Term(
        "host-memory",
        say("Host memory"),
        (say("host memory"), say("host"), say("layers in host memory")),
        say(
            "The computer's own memory (RAM). What does not fit on the cards can lie there, at the"
            " speed of its channels, which is a fraction of a card's."
        ),
        "memory#host-memory",
    ),
    Term(
        "expert-offload",
        say("Experts in host memory"),
        (say("experts in host memory"), say("layers whose experts stay in host memory")),
        say(
            "The experts of so many layers are left in the computer's memory and computed there,"
            " while attention stays on the cards. It makes large models possible on few cards; the"
            " memory channels then set the speed. In llama.cpp: --n-cpu-moe."
        ),
        "memory#host-memory",
    ),
    Term(
        "held-back",
        say("Held back"),
        (say("held back"), say("reserve"), say("driver reserve")),
        say(
            "Memory of a card that no engine can have: the driver's reserve, error correction, the"
            " screen, other programs. It is drawn hatched, and each part of it can be edited."
        ),
        "memory#usable-memory",
    ),
    Term(
        "assumed",
        say("Assumed"),
        (say("assumed"),),
        say(
            "Nobody chose this value: it is the engine's default, or what is usual for such a"
            " computer. It counts like any other; a click sets it."
        ),
        "verdict#assumed",
    ),
)
