# Lines: one a series, named at its end. A gap in the data is a gap in the line.
set grid ytics back lt 1 lw 0.4 lc rgb rgb_grid
set datafile missing "NaN"
plot 0 with lines lc rgb rgb_axis lw 0.6, \
     for [i = 1:series_count] $series using 1:(column(i + 1)) with lines lc rgb series_rgb[i] lw 1.4
