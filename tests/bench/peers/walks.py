"""Skip-gram by gensim's Word2Vec.

Arguments: threads, walks (a line each), vectors to write, dimensions, window, negatives, epochs, seed.
"""
import sys
import time
import numpy
from gensim.models import Word2Vec

threads, (corpus, file) = int(sys.argv[1]), sys.argv[2:4]
dimensions, window, negatives, epochs, seed = map(int, sys.argv[4:9])
walks = [line.split() for line in open(corpus)]
begun, used = time.perf_counter(), time.process_time()
model = Word2Vec(walks, vector_size=dimensions, window=window, min_count=0, sg=1, hs=int(negatives == 0), negative=negatives,
                 epochs=epochs, workers=threads, seed=seed)
print("seconds", time.perf_counter() - begun)
print("processor", time.process_time() - used)
nodes = len(model.wv)
numpy.array([model.wv[str(node)] for node in range(nodes)], dtype=numpy.float32).tofile(file)
