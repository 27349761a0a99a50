# Lines: one a series, named at its end. A gap in the data is a gap in the line; a point between two
# gaps is in $boxes.
set grid ytics back lt 1 lw 0.4 lc rgb rgb_grid
plot 0 with lines lc rgb rgb_axis lw 0.6, \
     $boxes using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 noborder lc rgb variable, \
     for [i = 1:series_count] $series using 1:(column(i + 1)) with lines lc rgb series_rgb[i] lw 1.4
