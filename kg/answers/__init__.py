"""Questions in English and Chinese, answered from the statements of a graph with the sentences behind them."""
